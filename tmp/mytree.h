


    // !!! This file is generated using emlearn !!!

    #include <stdint.h>
    

static inline int32_t mytree_tree_0(const int16_t *features, int32_t features_length) {
          if (features[6] < 0) {
              if (features[2] < 107) {
                  if (features[1] < 21) {
                      if (features[27] < 0) {
                          if (features[12] < 4) {
                              if (features[23] < 968) {
                                  if (features[27] < 0) {
                                      return 1;
                                  } else {
                                      if (features[16] < 0) {
                                          return 0;
                                      } else {
                                          return 1;
                                      }
                                  }
                              } else {
                                  if (features[19] < 0) {
                                      return 0;
                                  } else {
                                      return 1;
                                  }
                              }
                          } else {
                              if (features[25] < 0) {
                                  return 0;
                              } else {
                                  return 1;
                              }
                          }
                      } else {
                          if (features[1] < 17) {
                              return 1;
                          } else {
                              return 0;
                          }
                      }
                  } else {
                      if (features[6] < 0) {
                          if (features[2] < 95) {
                              return 1;
                          } else {
                              return 0;
                          }
                      } else {
                          if (features[2] < 87) {
                              if (features[4] < 0) {
                                  return 1;
                              } else {
                                  return 0;
                              }
                          } else {
                              return 0;
                          }
                      }
                  }
              } else {
                  if (features[16] < 0) {
                      return 1;
                  } else {
                      return 0;
                  }
              }
          } else {
              if (features[7] < 0) {
                  if (features[13] < 32) {
                      return 1;
                  } else {
                      return 0;
                  }
              } else {
                  if (features[2] < 68) {
                      return 1;
                  } else {
                      if (features[26] < 0) {
                          return 1;
                      } else {
                          if (features[12] < 1) {
                              return 1;
                          } else {
                              if (features[13] < 14) {
                                  return 1;
                              } else {
                                  if (features[14] < 0) {
                                      return 0;
                                  } else {
                                      if (features[7] < 0) {
                                          return 1;
                                      } else {
                                          return 0;
                                      }
                                  }
                              }
                          }
                      }
                  }
              }
          }
        }
        

static inline int32_t mytree_tree_1(const int16_t *features, int32_t features_length) {
          if (features[22] < 105) {
              if (features[29] < 0) {
                  if (features[13] < 91) {
                      if (features[21] < 33) {
                          if (features[5] < 0) {
                              if (features[25] < 0) {
                                  if (features[22] < 102) {
                                      return 1;
                                  } else {
                                      if (features[28] < 0) {
                                          return 1;
                                      } else {
                                          return 0;
                                      }
                                  }
                              } else {
                                  if (features[18] < 0) {
                                      return 0;
                                  } else {
                                      if (features[23] < 694) {
                                          return 1;
                                      } else {
                                          return 0;
                                      }
                                  }
                              }
                          } else {
                              if (features[11] < 1) {
                                  return 1;
                              } else {
                                  return 0;
                              }
                          }
                      } else {
                          if (features[20] < 14) {
                              return 1;
                          } else {
                              if (features[24] < 0) {
                                  return 1;
                              } else {
                                  return 0;
                              }
                          }
                      }
                  } else {
                      return 0;
                  }
              } else {
                  return 0;
              }
          } else {
              if (features[1] < 16) {
                  if (features[24] < 0) {
                      if (features[3] < 887) {
                          return 1;
                      } else {
                          if (features[6] < 0) {
                              return 1;
                          } else {
                              return 0;
                          }
                      }
                  } else {
                      return 0;
                  }
              } else {
                  if (features[13] < 24) {
                      if (features[12] < 2) {
                          if (features[13] < 22) {
                              return 0;
                          } else {
                              return 1;
                          }
                      } else {
                          return 1;
                      }
                  } else {
                      if (features[8] < 0) {
                          if (features[27] < 0) {
                              if (features[13] < 46) {
                                  return 1;
                              } else {
                                  return 0;
                              }
                          } else {
                              return 0;
                          }
                      } else {
                          if (features[24] < 0) {
                              if (features[2] < 112) {
                                  return 1;
                              } else {
                                  return 0;
                              }
                          } else {
                              return 0;
                          }
                      }
                  }
              }
          }
        }
        

static inline int32_t mytree_tree_2(const int16_t *features, int32_t features_length) {
          if (features[13] < 33) {
              if (features[6] < 0) {
                  if (features[2] < 97) {
                      if (features[28] < 0) {
                          if (features[21] < 33) {
                              if (features[19] < 0) {
                                  if (features[21] < 29) {
                                      return 1;
                                  } else {
                                      return 0;
                                  }
                              } else {
                                  if (features[20] < 16) {
                                      return 1;
                                  } else {
                                      if (features[19] < 0) {
                                          return 1;
                                      } else {
                                          return 0;
                                      }
                                  }
                              }
                          } else {
                              if (features[28] < 0) {
                                  return 1;
                              } else {
                                  if (features[27] < 0) {
                                      return 1;
                                  } else {
                                      return 0;
                                  }
                              }
                          }
                      } else {
                          if (features[3] < 530) {
                              return 1;
                          } else {
                              return 0;
                          }
                      }
                  } else {
                      if (features[20] < 17) {
                          return 1;
                      } else {
                          return 0;
                      }
                  }
              } else {
                  if (features[19] < 0) {
                      return 0;
                  } else {
                      return 1;
                  }
              }
          } else {
              if (features[20] < 16) {
                  if (features[10] < 0) {
                      if (features[24] < 0) {
                          return 1;
                      } else {
                          return 0;
                      }
                  } else {
                      if (features[8] < 0) {
                          return 0;
                      } else {
                          if (features[24] < 0) {
                              return 1;
                          } else {
                              return 0;
                          }
                      }
                  }
              } else {
                  if (features[1] < 14) {
                      if (features[26] < 0) {
                          return 1;
                      } else {
                          return 0;
                      }
                  } else {
                      if (features[27] < 0) {
                          if (features[26] < 0) {
                              return 0;
                          } else {
                              return 1;
                          }
                      } else {
                          return 0;
                      }
                  }
              }
          }
        }
        

static inline int32_t mytree_tree_3(const int16_t *features, int32_t features_length) {
          if (features[7] < 0) {
              if (features[13] < 38) {
                  if (features[18] < 0) {
                      if (features[3] < 579) {
                          return 1;
                      } else {
                          if (features[26] < 0) {
                              if (features[22] < 103) {
                                  return 1;
                              } else {
                                  return 0;
                              }
                          } else {
                              return 1;
                          }
                      }
                  } else {
                      if (features[22] < 116) {
                          if (features[19] < 0) {
                              if (features[19] < 0) {
                                  if (features[26] < 0) {
                                      return 1;
                                  } else {
                                      if (features[28] < 0) {
                                          return 1;
                                      } else {
                                          return 0;
                                      }
                                  }
                              } else {
                                  return 0;
                              }
                          } else {
                              if (features[21] < 33) {
                                  return 1;
                              } else {
                                  if (features[22] < 91) {
                                      return 1;
                                  } else {
                                      if (features[25] < 0) {
                                          return 1;
                                      } else {
                                          return 0;
                                      }
                                  }
                              }
                          }
                      } else {
                          return 0;
                      }
                  }
              } else {
                  if (features[4] < 0) {
                      return 1;
                  } else {
                      if (features[9] < 0) {
                          return 0;
                      } else {
                          if (features[17] < 0) {
                              return 0;
                          } else {
                              return 1;
                          }
                      }
                  }
              }
          } else {
              if (features[22] < 104) {
                  if (features[21] < 25) {
                      return 1;
                  } else {
                      if (features[9] < 0) {
                          return 1;
                      } else {
                          return 0;
                      }
                  }
              } else {
                  if (features[1] < 14) {
                      if (features[28] < 0) {
                          return 1;
                      } else {
                          return 0;
                      }
                  } else {
                      if (features[24] < 0) {
                          return 1;
                      } else {
                          if (features[23] < 775) {
                              if (features[27] < 0) {
                                  return 1;
                              } else {
                                  return 0;
                              }
                          } else {
                              return 0;
                          }
                      }
                  }
              }
          }
        }
        

static inline int32_t mytree_tree_4(const int16_t *features, int32_t features_length) {
          if (features[27] < 0) {
              if (features[16] < 0) {
                  if (features[0] < 15) {
                      if (features[3] < 694) {
                          if (features[19] < 0) {
                              if (features[13] < 19) {
                                  return 1;
                              } else {
                                  if (features[5] < 0) {
                                      return 1;
                                  } else {
                                      return 0;
                                  }
                              }
                          } else {
                              return 1;
                          }
                      } else {
                          return 0;
                      }
                  } else {
                      if (features[20] < 17) {
                          return 1;
                      } else {
                          if (features[11] < 1) {
                              return 0;
                          } else {
                              return 1;
                          }
                      }
                  }
              } else {
                  if (features[12] < 2) {
                      if (features[7] < 0) {
                          if (features[5] < 0) {
                              if (features[1] < 22) {
                                  return 1;
                              } else {
                                  return 0;
                              }
                          } else {
                              return 1;
                          }
                      } else {
                          if (features[27] < 0) {
                              return 1;
                          } else {
                              return 0;
                          }
                      }
                  } else {
                      if (features[22] < 107) {
                          return 1;
                      } else {
                          if (features[13] < 35) {
                              return 1;
                          } else {
                              return 0;
                          }
                      }
                  }
              }
          } else {
              if (features[1] < 11) {
                  if (features[29] < 0) {
                      return 1;
                  } else {
                      return 0;
                  }
              } else {
                  if (features[2] < 72) {
                      return 1;
                  } else {
                      if (features[10] < 0) {
                          if (features[24] < 0) {
                              if (features[1] < 18) {
                                  return 0;
                              } else {
                                  return 1;
                              }
                          } else {
                              return 0;
                          }
                      } else {
                          return 0;
                      }
                  }
              }
          }
        }
        

static inline int32_t mytree_tree_5(const int16_t *features, int32_t features_length) {
          if (features[13] < 31) {
              if (features[20] < 17) {
                  if (features[4] < 0) {
                      if (features[26] < 0) {
                          if (features[27] < 0) {
                              return 1;
                          } else {
                              if (features[20] < 16) {
                                  return 1;
                              } else {
                                  return 0;
                              }
                          }
                      } else {
                          if (features[24] < 0) {
                              return 1;
                          } else {
                              if (features[0] < 10) {
                                  return 1;
                              } else {
                                  if (features[0] < 15) {
                                      return 0;
                                  } else {
                                      return 1;
                                  }
                              }
                          }
                      }
                  } else {
                      if (features[14] < 0) {
                          return 0;
                      } else {
                          return 1;
                      }
                  }
              } else {
                  return 0;
              }
          } else {
              if (features[22] < 111) {
                  if (features[3] < 663) {
                      if (features[24] < 0) {
                          if (features[28] < 0) {
                              return 0;
                          } else {
                              if (features[27] < 0) {
                                  return 1;
                              } else {
                                  if (features[9] < 0) {
                                      return 0;
                                  } else {
                                      return 1;
                                  }
                              }
                          }
                      } else {
                          return 0;
                      }
                  } else {
                      return 0;
                  }
              } else {
                  if (features[27] < 0) {
                      if (features[28] < 0) {
                          return 1;
                      } else {
                          if (features[5] < 0) {
                              return 0;
                          } else {
                              return 1;
                          }
                      }
                  } else {
                      return 0;
                  }
              }
          }
        }
        

static inline int32_t mytree_tree_6(const int16_t *features, int32_t features_length) {
          if (features[3] < 694) {
              if (features[29] < 0) {
                  if (features[7] < 0) {
                      if (features[20] < 16) {
                          if (features[28] < 0) {
                              if (features[2] < 91) {
                                  if (features[14] < 0) {
                                      if (features[29] < 0) {
                                          if (features[22] < 93) {
                                              return 1;
                                          } else {
                                              return 0;
                                          }
                                      } else {
                                          return 1;
                                      }
                                  } else {
                                      if (features[13] < 48) {
                                          return 1;
                                      } else {
                                          if (features[15] < 0) {
                                              return 0;
                                          } else {
                                              return 1;
                                          }
                                      }
                                  }
                              } else {
                                  if (features[20] < 15) {
                                      return 0;
                                  } else {
                                      if (features[0] < 14) {
                                          return 0;
                                      } else {
                                          return 1;
                                      }
                                  }
                              }
                          } else {
                              if (features[29] < 0) {
                                  return 1;
                              } else {
                                  return 0;
                              }
                          }
                      } else {
                          if (features[2] < 95) {
                              return 0;
                          } else {
                              return 1;
                          }
                      }
                  } else {
                      return 0;
                  }
              } else {
                  if (features[23] < 710) {
                      if (features[25] < 0) {
                          if (features[27] < 0) {
                              return 1;
                          } else {
                              return 0;
                          }
                      } else {
                          return 0;
                      }
                  } else {
                      if (features[27] < 0) {
                          return 1;
                      } else {
                          return 0;
                      }
                  }
              }
          } else {
              if (features[10] < 0) {
                  if (features[3] < 711) {
                      return 0;
                  } else {
                      return 1;
                  }
              } else {
                  if (features[22] < 117) {
                      if (features[3] < 810) {
                          return 0;
                      } else {
                          return 1;
                      }
                  } else {
                      if (features[8] < 0) {
                          return 1;
                      } else {
                          return 0;
                      }
                  }
              }
          }
        }
        

static inline int32_t mytree_tree_7(const int16_t *features, int32_t features_length) {
          if (features[10] < 0) {
              if (features[23] < 874) {
                  if (features[25] < 0) {
                      if (features[26] < 0) {
                          if (features[21] < 30) {
                              return 1;
                          } else {
                              if (features[11] < 0) {
                                  return 0;
                              } else {
                                  if (features[23] < 641) {
                                      return 1;
                                  } else {
                                      if (features[16] < 0) {
                                          return 1;
                                      } else {
                                          return 0;
                                      }
                                  }
                              }
                          }
                      } else {
                          if (features[2] < 86) {
                              if (features[22] < 102) {
                                  return 1;
                              } else {
                                  return 0;
                              }
                          } else {
                              if (features[4] < 0) {
                                  return 1;
                              } else {
                                  if (features[21] < 19) {
                                      return 1;
                                  } else {
                                      if (features[4] < 0) {
                                          return 0;
                                      } else {
                                          if (features[5] < 0) {
                                              return 1;
                                          } else {
                                              return 0;
                                          }
                                      }
                                  }
                              }
                          }
                      }
                  } else {
                      if (features[28] < 0) {
                          if (features[20] < 15) {
                              return 1;
                          } else {
                              return 0;
                          }
                      } else {
                          if (features[10] < 0) {
                              if (features[29] < 0) {
                                  return 1;
                              } else {
                                  return 0;
                              }
                          } else {
                              return 0;
                          }
                      }
                  }
              } else {
                  if (features[26] < 0) {
                      if (features[17] < 0) {
                          if (features[13] < 48) {
                              return 0;
                          } else {
                              return 1;
                          }
                      } else {
                          return 1;
                      }
                  } else {
                      if (features[21] < 18) {
                          if (features[17] < 0) {
                              return 1;
                          } else {
                              return 0;
                          }
                      } else {
                          return 0;
                      }
                  }
              }
          } else {
              if (features[2] < 88) {
                  return 1;
              } else {
                  return 0;
              }
          }
        }
        

static inline int32_t mytree_tree_8(const int16_t *features, int32_t features_length) {
          if (features[20] < 16) {
              if (features[27] < 0) {
                  if (features[23] < 754) {
                      if (features[12] < 4) {
                          if (features[20] < 14) {
                              return 1;
                          } else {
                              if (features[3] < 513) {
                                  if (features[19] < 0) {
                                      return 0;
                                  } else {
                                      return 1;
                                  }
                              } else {
                                  return 1;
                              }
                          }
                      } else {
                          if (features[9] < 0) {
                              return 0;
                          } else {
                              return 1;
                          }
                      }
                  } else {
                      if (features[6] < 0) {
                          if (features[2] < 86) {
                              if (features[8] < 0) {
                                  return 1;
                              } else {
                                  return 0;
                              }
                          } else {
                              return 1;
                          }
                      } else {
                          if (features[2] < 94) {
                              return 0;
                          } else {
                              return 1;
                          }
                      }
                  }
              } else {
                  if (features[4] < 0) {
                      return 1;
                  } else {
                      if (features[8] < 0) {
                          if (features[18] < 0) {
                              return 0;
                          } else {
                              return 1;
                          }
                      } else {
                          return 0;
                      }
                  }
              }
          } else {
              if (features[6] < 0) {
                  if (features[7] < 0) {
                      if (features[16] < 0) {
                          return 0;
                      } else {
                          return 1;
                      }
                  } else {
                      return 1;
                  }
              } else {
                  if (features[1] < 14) {
                      return 1;
                  } else {
                      return 0;
                  }
              }
          }
        }
        

static inline int32_t mytree_tree_9(const int16_t *features, int32_t features_length) {
          if (features[7] < 0) {
              if (features[27] < 0) {
                  if (features[23] < 896) {
                      if (features[12] < 4) {
                          return 1;
                      } else {
                          if (features[7] < 0) {
                              return 1;
                          } else {
                              return 0;
                          }
                      }
                  } else {
                      if (features[27] < 0) {
                          return 0;
                      } else {
                          return 1;
                      }
                  }
              } else {
                  if (features[20] < 17) {
                      if (features[15] < 0) {
                          if (features[29] < 0) {
                              return 1;
                          } else {
                              return 0;
                          }
                      } else {
                          if (features[13] < 35) {
                              if (features[4] < 0) {
                                  return 1;
                              } else {
                                  if (features[4] < 0) {
                                      return 0;
                                  } else {
                                      return 1;
                                  }
                              }
                          } else {
                              if (features[3] < 644) {
                                  return 1;
                              } else {
                                  return 0;
                              }
                          }
                      }
                  } else {
                      return 0;
                  }
              }
          } else {
              if (features[13] < 28) {
                  if (features[21] < 27) {
                      if (features[25] < 0) {
                          return 1;
                      } else {
                          if (features[17] < 0) {
                              return 0;
                          } else {
                              return 1;
                          }
                      }
                  } else {
                      return 0;
                  }
              } else {
                  if (features[22] < 105) {
                      if (features[7] < 0) {
                          return 0;
                      } else {
                          return 1;
                      }
                  } else {
                      if (features[18] < 0) {
                          return 0;
                      } else {
                          if (features[21] < 18) {
                              if (features[10] < 0) {
                                  return 1;
                              } else {
                                  return 0;
                              }
                          } else {
                              return 0;
                          }
                      }
                  }
              }
          }
        }
        

static inline int32_t mytree_tree_10(const int16_t *features, int32_t features_length) {
          if (features[27] < 0) {
              if (features[3] < 696) {
                  if (features[27] < 0) {
                      if (features[20] < 17) {
                          if (features[18] < 0) {
                              if (features[17] < 0) {
                                  if (features[7] < 0) {
                                      if (features[28] < 0) {
                                          return 1;
                                      } else {
                                          if (features[20] < 14) {
                                              return 1;
                                          } else {
                                              return 0;
                                          }
                                      }
                                  } else {
                                      return 0;
                                  }
                              } else {
                                  if (features[23] < 520) {
                                      return 1;
                                  } else {
                                      return 0;
                                  }
                              }
                          } else {
                              return 1;
                          }
                      } else {
                          return 0;
                      }
                  } else {
                      if (features[5] < 0) {
                          return 0;
                      } else {
                          if (features[12] < 2) {
                              if (features[8] < 0) {
                                  if (features[26] < 0) {
                                      if (features[6] < 0) {
                                          return 1;
                                      } else {
                                          return 0;
                                      }
                                  } else {
                                      return 1;
                                  }
                              } else {
                                  return 0;
                              }
                          } else {
                              return 1;
                          }
                      }
                  }
              } else {
                  if (features[19] < 0) {
                      if (features[18] < 0) {
                          if (features[5] < 0) {
                              return 0;
                          } else {
                              if (features[0] < 15) {
                                  return 0;
                              } else {
                                  return 1;
                              }
                          }
                      } else {
                          return 0;
                      }
                  } else {
                      return 0;
                  }
              }
          } else {
              if (features[13] < 18) {
                  if (features[2] < 79) {
                      if (features[9] < 0) {
                          return 0;
                      } else {
                          return 1;
                      }
                  } else {
                      return 1;
                  }
              } else {
                  if (features[3] < 343) {
                      return 1;
                  } else {
                      if (features[10] < 0) {
                          if (features[25] < 0) {
                              return 1;
                          } else {
                              return 0;
                          }
                      } else {
                          return 0;
                      }
                  }
              }
          }
        }
        

static inline int32_t mytree_tree_11(const int16_t *features, int32_t features_length) {
          if (features[10] < 0) {
              if (features[27] < 0) {
                  if (features[2] < 96) {
                      if (features[21] < 29) {
                          if (features[29] < 0) {
                              return 1;
                          } else {
                              if (features[27] < 0) {
                                  return 1;
                              } else {
                                  return 0;
                              }
                          }
                      } else {
                          if (features[9] < 0) {
                              return 0;
                          } else {
                              if (features[20] < 16) {
                                  if (features[11] < 0) {
                                      return 0;
                                  } else {
                                      if (features[28] < 0) {
                                          return 1;
                                      } else {
                                          if (features[20] < 14) {
                                              return 1;
                                          } else {
                                              if (features[17] < 0) {
                                                  return 0;
                                              } else {
                                                  return 1;
                                              }
                                          }
                                      }
                                  }
                              } else {
                                  return 0;
                              }
                          }
                      }
                  } else {
                      if (features[23] < 957) {
                          if (features[9] < 0) {
                              return 0;
                          } else {
                              return 1;
                          }
                      } else {
                          if (features[29] < 0) {
                              return 1;
                          } else {
                              return 0;
                          }
                      }
                  }
              } else {
                  if (features[21] < 19) {
                      return 1;
                  } else {
                      if (features[26] < 0) {
                          return 1;
                      } else {
                          if (features[27] < 0) {
                              if (features[18] < 0) {
                                  return 1;
                              } else {
                                  return 0;
                              }
                          } else {
                              return 0;
                          }
                      }
                  }
              }
          } else {
              if (features[3] < 667) {
                  if (features[24] < 0) {
                      return 1;
                  } else {
                      return 0;
                  }
              } else {
                  return 0;
              }
          }
        }
        

static inline int32_t mytree_tree_12(const int16_t *features, int32_t features_length) {
          if (features[26] < 0) {
              if (features[22] < 127) {
                  if (features[12] < 6) {
                      if (features[13] < 44) {
                          if (features[18] < 0) {
                              if (features[18] < 0) {
                                  return 1;
                              } else {
                                  if (features[8] < 0) {
                                      return 0;
                                  } else {
                                      return 1;
                                  }
                              }
                          } else {
                              return 1;
                          }
                      } else {
                          if (features[5] < 0) {
                              return 0;
                          } else {
                              return 1;
                          }
                      }
                  } else {
                      return 0;
                  }
              } else {
                  return 0;
              }
          } else {
              if (features[2] < 85) {
                  if (features[4] < 0) {
                      if (features[21] < 39) {
                          return 1;
                      } else {
                          return 0;
                      }
                  } else {
                      if (features[21] < 29) {
                          if (features[16] < 0) {
                              if (features[11] < 1) {
                                  return 0;
                              } else {
                                  return 1;
                              }
                          } else {
                              return 1;
                          }
                      } else {
                          return 0;
                      }
                  }
              } else {
                  if (features[13] < 32) {
                      if (features[17] < 0) {
                          if (features[7] < 0) {
                              if (features[24] < 0) {
                                  return 1;
                              } else {
                                  return 0;
                              }
                          } else {
                              if (features[21] < 22) {
                                  return 1;
                              } else {
                                  return 0;
                              }
                          }
                      } else {
                          if (features[19] < 0) {
                              return 0;
                          } else {
                              return 1;
                          }
                      }
                  } else {
                      return 0;
                  }
              }
          }
        }
        

static inline int32_t mytree_tree_13(const int16_t *features, int32_t features_length) {
          if (features[20] < 16) {
              if (features[27] < 0) {
                  if (features[12] < 6) {
                      if (features[27] < 0) {
                          return 1;
                      } else {
                          if (features[23] < 808) {
                              if (features[26] < 0) {
                                  return 1;
                              } else {
                                  if (features[24] < 0) {
                                      return 1;
                                  } else {
                                      return 0;
                                  }
                              }
                          } else {
                              if (features[14] < 0) {
                                  return 1;
                              } else {
                                  return 0;
                              }
                          }
                      }
                  } else {
                      return 0;
                  }
              } else {
                  if (features[21] < 23) {
                      return 1;
                  } else {
                      if (features[2] < 71) {
                          return 1;
                      } else {
                          return 0;
                      }
                  }
              }
          } else {
              if (features[26] < 0) {
                  if (features[28] < 0) {
                      return 1;
                  } else {
                      if (features[3] < 892) {
                          if (features[26] < 0) {
                              return 0;
                          } else {
                              return 1;
                          }
                      } else {
                          return 0;
                      }
                  }
              } else {
                  if (features[19] < 0) {
                      if (features[21] < 22) {
                          return 1;
                      } else {
                          return 0;
                      }
                  } else {
                      return 0;
                  }
              }
          }
        }
        

static inline int32_t mytree_tree_14(const int16_t *features, int32_t features_length) {
          if (features[27] < 0) {
              if (features[2] < 96) {
                  if (features[13] < 42) {
                      if (features[19] < 0) {
                          if (features[1] < 20) {
                              return 1;
                          } else {
                              if (features[6] < 0) {
                                  return 1;
                              } else {
                                  return 0;
                              }
                          }
                      } else {
                          return 1;
                      }
                  } else {
                      if (features[19] < 0) {
                          return 0;
                      } else {
                          return 1;
                      }
                  }
              } else {
                  if (features[10] < 0) {
                      if (features[22] < 113) {
                          return 1;
                      } else {
                          return 0;
                      }
                  } else {
                      if (features[1] < 14) {
                          return 1;
                      } else {
                          if (features[9] < 0) {
                              if (features[28] < 0) {
                                  if (features[6] < 0) {
                                      return 1;
                                  } else {
                                      return 0;
                                  }
                              } else {
                                  return 0;
                              }
                          } else {
                              return 1;
                          }
                      }
                  }
              }
          } else {
              if (features[27] < 0) {
                  if (features[1] < 19) {
                      if (features[28] < 0) {
                          if (features[11] < 0) {
                              return 1;
                          } else {
                              return 0;
                          }
                      } else {
                          return 1;
                      }
                  } else {
                      return 0;
                  }
              } else {
                  if (features[16] < 0) {
                      return 0;
                  } else {
                      return 1;
                  }
              }
          }
        }
        

static inline int32_t mytree_tree_15(const int16_t *features, int32_t features_length) {
          if (features[23] < 874) {
              if (features[26] < 0) {
                  if (features[28] < 0) {
                      return 0;
                  } else {
                      if (features[14] < 0) {
                          if (features[1] < 19) {
                              return 1;
                          } else {
                              return 0;
                          }
                      } else {
                          if (features[28] < 0) {
                              if (features[16] < 0) {
                                  return 1;
                              } else {
                                  if (features[7] < 0) {
                                      return 1;
                                  } else {
                                      return 0;
                                  }
                              }
                          } else {
                              return 1;
                          }
                      }
                  }
              } else {
                  if (features[21] < 29) {
                      if (features[1] < 22) {
                          if (features[16] < 0) {
                              return 0;
                          } else {
                              if (features[8] < 0) {
                                  if (features[28] < 0) {
                                      if (features[4] < 0) {
                                          return 1;
                                      } else {
                                          if (features[8] < 0) {
                                              return 0;
                                          } else {
                                              return 1;
                                          }
                                      }
                                  } else {
                                      if (features[28] < 0) {
                                          return 0;
                                      } else {
                                          return 1;
                                      }
                                  }
                              } else {
                                  return 0;
                              }
                          }
                      } else {
                          return 0;
                      }
                  } else {
                      if (features[22] < 91) {
                          return 1;
                      } else {
                          if (features[2] < 96) {
                              if (features[21] < 38) {
                                  return 0;
                              } else {
                                  if (features[6] < 0) {
                                      return 1;
                                  } else {
                                      return 0;
                                  }
                              }
                          } else {
                              return 1;
                          }
                      }
                  }
              }
          } else {
              if (features[7] < 0) {
                  if (features[21] < 23) {
                      return 1;
                  } else {
                      if (features[29] < 0) {
                          return 1;
                      } else {
                          return 0;
                      }
                  }
              } else {
                  return 0;
              }
          }
        }
        

static inline int32_t mytree_tree_16(const int16_t *features, int32_t features_length) {
          if (features[27] < 0) {
              if (features[23] < 957) {
                  if (features[1] < 21) {
                      if (features[25] < 0) {
                          if (features[7] < 0) {
                              return 1;
                          } else {
                              if (features[10] < 0) {
                                  return 1;
                              } else {
                                  return 0;
                              }
                          }
                      } else {
                          if (features[19] < 0) {
                              return 0;
                          } else {
                              return 1;
                          }
                      }
                  } else {
                      if (features[23] < 746) {
                          if (features[6] < 0) {
                              if (features[23] < 649) {
                                  return 1;
                              } else {
                                  if (features[12] < 1) {
                                      return 0;
                                  } else {
                                      return 1;
                                  }
                              }
                          } else {
                              if (features[20] < 12) {
                                  return 1;
                              } else {
                                  return 0;
                              }
                          }
                      } else {
                          if (features[0] < 14) {
                              return 0;
                          } else {
                              return 1;
                          }
                      }
                  }
              } else {
                  if (features[26] < 0) {
                      if (features[6] < 0) {
                          return 0;
                      } else {
                          return 1;
                      }
                  } else {
                      return 0;
                  }
              }
          } else {
              if (features[23] < 710) {
                  if (features[21] < 25) {
                      return 1;
                  } else {
                      return 0;
                  }
              } else {
                  return 0;
              }
          }
        }
        

static inline int32_t mytree_tree_17(const int16_t *features, int32_t features_length) {
          if (features[20] < 16) {
              if (features[24] < 0) {
                  if (features[23] < 750) {
                      if (features[28] < 0) {
                          if (features[0] < 14) {
                              if (features[12] < 4) {
                                  return 1;
                              } else {
                                  if (features[25] < 0) {
                                      return 0;
                                  } else {
                                      return 1;
                                  }
                              }
                          } else {
                              if (features[5] < 0) {
                                  return 1;
                              } else {
                                  return 0;
                              }
                          }
                      } else {
                          return 0;
                      }
                  } else {
                      if (features[1] < 19) {
                          if (features[24] < 0) {
                              return 1;
                          } else {
                              return 0;
                          }
                      } else {
                          if (features[7] < 0) {
                              if (features[4] < 0) {
                                  return 0;
                              } else {
                                  return 1;
                              }
                          } else {
                              return 0;
                          }
                      }
                  }
              } else {
                  if (features[26] < 0) {
                      return 1;
                  } else {
                      return 0;
                  }
              }
          } else {
              if (features[21] < 19) {
                  if (features[19] < 0) {
                      return 1;
                  } else {
                      if (features[6] < 0) {
                          return 1;
                      } else {
                          return 0;
                      }
                  }
              } else {
                  return 0;
              }
          }
        }
        

static inline int32_t mytree_tree_18(const int16_t *features, int32_t features_length) {
          if (features[7] < 0) {
              if (features[13] < 42) {
                  if (features[10] < 0) {
                      if (features[2] < 98) {
                          if (features[20] < 16) {
                              return 1;
                          } else {
                              if (features[7] < 0) {
                                  return 0;
                              } else {
                                  return 1;
                              }
                          }
                      } else {
                          if (features[28] < 0) {
                              return 1;
                          } else {
                              return 0;
                          }
                      }
                  } else {
                      if (features[25] < 0) {
                          if (features[0] < 15) {
                              return 1;
                          } else {
                              return 0;
                          }
                      } else {
                          return 0;
                      }
                  }
              } else {
                  if (features[11] < 1) {
                      return 0;
                  } else {
                      if (features[12] < 6) {
                          return 1;
                      } else {
                          return 0;
                      }
                  }
              }
          } else {
              if (features[22] < 103) {
                  if (features[1] < 20) {
                      if (features[27] < 0) {
                          return 1;
                      } else {
                          return 0;
                      }
                  } else {
                      if (features[14] < 0) {
                          return 1;
                      } else {
                          if (features[14] < 0) {
                              return 0;
                          } else {
                              return 1;
                          }
                      }
                  }
              } else {
                  if (features[6] < 0) {
                      if (features[4] < 0) {
                          return 0;
                      } else {
                          return 1;
                      }
                  } else {
                      if (features[3] < 676) {
                          if (features[3] < 672) {
                              if (features[2] < 97) {
                                  return 0;
                              } else {
                                  if (features[5] < 0) {
                                      return 1;
                                  } else {
                                      return 0;
                                  }
                              }
                          } else {
                              return 1;
                          }
                      } else {
                          return 0;
                      }
                  }
              }
          }
        }
        

static inline int32_t mytree_tree_19(const int16_t *features, int32_t features_length) {
          if (features[27] < 0) {
              if (features[23] < 957) {
                  if (features[29] < 0) {
                      return 0;
                  } else {
                      if (features[13] < 48) {
                          if (features[1] < 22) {
                              return 1;
                          } else {
                              if (features[23] < 828) {
                                  if (features[2] < 93) {
                                      if (features[1] < 22) {
                                          return 0;
                                      } else {
                                          return 1;
                                      }
                                  } else {
                                      if (features[4] < 0) {
                                          if (features[11] < 1) {
                                              return 1;
                                          } else {
                                              return 0;
                                          }
                                      } else {
                                          return 0;
                                      }
                                  }
                              } else {
                                  return 0;
                              }
                          }
                      } else {
                          if (features[8] < 0) {
                              return 0;
                          } else {
                              return 1;
                          }
                      }
                  }
              } else {
                  if (features[22] < 120) {
                      if (features[26] < 0) {
                          return 1;
                      } else {
                          return 0;
                      }
                  } else {
                      return 0;
                  }
              }
          } else {
              if (features[10] < 0) {
                  return 1;
              } else {
                  if (features[20] < 12) {
                      return 1;
                  } else {
                      if (features[19] < 0) {
                          if (features[23] < 820) {
                              return 1;
                          } else {
                              return 0;
                          }
                      } else {
                          return 0;
                      }
                  }
              }
          }
        }
        

int32_t mytree_predict(const int16_t *features, int32_t features_length) {

        int32_t votes[2] = {0,};
        int32_t _class = -1;

        _class = mytree_tree_0(features, features_length); votes[_class] += 1;
    _class = mytree_tree_1(features, features_length); votes[_class] += 1;
    _class = mytree_tree_2(features, features_length); votes[_class] += 1;
    _class = mytree_tree_3(features, features_length); votes[_class] += 1;
    _class = mytree_tree_4(features, features_length); votes[_class] += 1;
    _class = mytree_tree_5(features, features_length); votes[_class] += 1;
    _class = mytree_tree_6(features, features_length); votes[_class] += 1;
    _class = mytree_tree_7(features, features_length); votes[_class] += 1;
    _class = mytree_tree_8(features, features_length); votes[_class] += 1;
    _class = mytree_tree_9(features, features_length); votes[_class] += 1;
    _class = mytree_tree_10(features, features_length); votes[_class] += 1;
    _class = mytree_tree_11(features, features_length); votes[_class] += 1;
    _class = mytree_tree_12(features, features_length); votes[_class] += 1;
    _class = mytree_tree_13(features, features_length); votes[_class] += 1;
    _class = mytree_tree_14(features, features_length); votes[_class] += 1;
    _class = mytree_tree_15(features, features_length); votes[_class] += 1;
    _class = mytree_tree_16(features, features_length); votes[_class] += 1;
    _class = mytree_tree_17(features, features_length); votes[_class] += 1;
    _class = mytree_tree_18(features, features_length); votes[_class] += 1;
    _class = mytree_tree_19(features, features_length); votes[_class] += 1;
    
        int32_t most_voted_class = -1;
        int32_t most_voted_votes = 0;
        for (int32_t i=0; i<2; i++) {

            if (votes[i] > most_voted_votes) {
                most_voted_class = i;
                most_voted_votes = votes[i];
            }
        }
        return most_voted_class;
    }
    

int mytree_predict_proba(const int16_t *features, int32_t features_length, float *out, int out_length) {

        int32_t _class = -1;

        for (int i=0; i<out_length; i++) {
            out[i] = 0.0f;
        }

        _class = mytree_tree_0(features, features_length); out[_class] += 1.0f;
    _class = mytree_tree_1(features, features_length); out[_class] += 1.0f;
    _class = mytree_tree_2(features, features_length); out[_class] += 1.0f;
    _class = mytree_tree_3(features, features_length); out[_class] += 1.0f;
    _class = mytree_tree_4(features, features_length); out[_class] += 1.0f;
    _class = mytree_tree_5(features, features_length); out[_class] += 1.0f;
    _class = mytree_tree_6(features, features_length); out[_class] += 1.0f;
    _class = mytree_tree_7(features, features_length); out[_class] += 1.0f;
    _class = mytree_tree_8(features, features_length); out[_class] += 1.0f;
    _class = mytree_tree_9(features, features_length); out[_class] += 1.0f;
    _class = mytree_tree_10(features, features_length); out[_class] += 1.0f;
    _class = mytree_tree_11(features, features_length); out[_class] += 1.0f;
    _class = mytree_tree_12(features, features_length); out[_class] += 1.0f;
    _class = mytree_tree_13(features, features_length); out[_class] += 1.0f;
    _class = mytree_tree_14(features, features_length); out[_class] += 1.0f;
    _class = mytree_tree_15(features, features_length); out[_class] += 1.0f;
    _class = mytree_tree_16(features, features_length); out[_class] += 1.0f;
    _class = mytree_tree_17(features, features_length); out[_class] += 1.0f;
    _class = mytree_tree_18(features, features_length); out[_class] += 1.0f;
    _class = mytree_tree_19(features, features_length); out[_class] += 1.0f;
    
        // compute mean
        for (int i=0; i<out_length; i++) {
            out[i] = out[i] / 20;
        }
        return 0;
    }
    

            int32_t
            predict_wrapper(const float *values, int length) {
                // Convert to whatever is needed for inline
                int16_t features[30];
                for (int i=0; i<length; i++) {
                    features[i] = (int16_t)values[i];
                }
                const int32_t out = mytree_predict(features, length);
                if (out < 0) {
                    return -out;
                }
                return out;
            }

            int
            predict_proba_wrapper(const float *values, int length, float *outputs, int n_outputs) {
                // Convert to whatever is needed for inline
                int16_t features[30];
                for (int i=0; i<length; i++) {
                    features[i] = (int16_t)values[i];
                }

                const int err =                     mytree_predict_proba(features, length, outputs, n_outputs);

                return err;
            }
            